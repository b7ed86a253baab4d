; How Go spells what the analyzer reads; the words are those of ecma.scm, and some that only Go needs.

(source_file (_) @body) @block
(block (statement_list) @value) @same
(statement_list (_) @body) @block
(expression_statement (_) @value) @same
(parenthesized_expression (_) @value) @same
(labeled_statement (_) @value) @same
(label_name) @nothing
(go_statement (_) @value) @same
(defer_statement (_) @value) @same
(var_declaration (_) @value) @same
(var_spec_list (_) @value) @same
(const_declaration (_) @value) @same
(type_declaration (_) @value) @same

(identifier) @name
(package_identifier) @name
(type_identifier) @name
(nil) @null
(true) @true
(false) @false
(int_literal) @number
(float_literal) @number
(interpreted_string_literal) @string
(raw_string_literal) @string

(call_expression function: (_) @function) @call
(call_expression arguments: (argument_list (_) @argument)) @call
(variadic_argument (_) @value) @spread
(selector_expression operand: (_) @object) @member
(selector_expression field: (_) @name) @member
(index_expression operand: (_) @object) @index
(index_expression index: (_) @key) @index
(slice_expression operand: (_) @value) @cut
(unary_expression operator: _ @operator) @unary
(unary_expression operand: (_) @value) @unary
(binary_expression left: (_) @value) @binary
(binary_expression operator: _ @operator) @binary
(binary_expression right: (_) @value) @binary
(type_assertion_expression operand: (_) @value) @assert
(type_assertion_expression type: (_) @type) @assert
(type_conversion_expression operand: (_) @value) @assert
(type_conversion_expression type: (_) @type) @assert
(type_instantiation_expression type: (_) @value) @same

(function_declaration name: (_) @name) @define
(function_declaration parameters: (parameter_list (_) @parameter)) @define
(function_declaration result: (_) @result) @define
(function_declaration body: (_) @body) @define
(func_literal parameters: (parameter_list (_) @parameter)) @function
(func_literal result: (_) @result) @function
(func_literal body: (_) @body) @function
(method_declaration receiver: (parameter_list (_) @parameter)) @receiver
(method_declaration name: (_) @name) @receiver
(method_declaration parameters: (parameter_list (_) @parameter)) @receiver
(method_declaration result: (_) @result) @receiver
(method_declaration body: (_) @body) @receiver
(parameter_list (_) @parameter) @results
(parameter_declaration name: (identifier) @target) @typed
(parameter_declaration type: (_) @type) @typed
(variadic_parameter_declaration name: (_) @target) @rest
(variadic_parameter_declaration type: (_) @type) @rest

(expression_list (_) @element) @list
(short_var_declaration left: (_) @target) @declare
(short_var_declaration right: (_) @value) @declare
(assignment_statement left: (_) @target) @augment
(assignment_statement operator: _ @operator) @augment
(assignment_statement right: (_) @value) @augment
(var_spec name: (identifier) @target) @variable
(var_spec type: (_) @type) @variable
(var_spec value: (_) @value) @variable
(const_spec name: (identifier) @target) @variable
(const_spec type: (_) @type) @variable
(const_spec value: (_) @value) @variable
(send_statement channel: (_) @object) @send
(send_statement value: (_) @value) @send
(receive_statement left: (_) @target) @declare
(receive_statement right: (_) @value) @declare

(if_statement initializer: (_) @initial) @if
(if_statement condition: (_) @condition) @if
(if_statement consequence: (_) @then) @if
(if_statement alternative: (_) @else) @if
(for_statement (_) @body) @repeat
(for_clause (_) @value) @same
(range_clause left: (_) @target) @range
(range_clause right: (_) @value) @range
(expression_switch_statement (_) @body) @cases
(type_switch_statement initializer: (_) @initial) @cases
(type_switch_statement alias: (_) @target) @cases
(type_switch_statement value: (_) @value) @cases
(type_switch_statement (type_case) @body) @cases
(type_switch_statement (default_case) @body) @cases
(select_statement (_) @body) @cases
(expression_case value: (_) @condition) @branch
(expression_case (statement_list) @body) @branch
(type_case (statement_list) @body) @branch
(default_case (statement_list) @body) @branch
(communication_case communication: (_) @condition) @branch
(communication_case (statement_list) @body) @branch
(return_statement) @return
(return_statement (_) @value) @return

(type_spec name: (_) @name) @typedef
(type_spec type: (_) @type) @typedef
(type_alias name: (_) @name) @typedef
(type_alias type: (_) @type) @typedef
(struct_type (field_declaration_list (field_declaration) @member)) @struct
(field_declaration name: (_) @name) @field
(field_declaration type: (_) @type) @field
(field_declaration tag: (_) @tag) @field
(interface_type (_) @member) @interface
(method_elem name: (_) @name) @signature
(method_elem parameters: (parameter_list (_) @parameter)) @signature
(type_elem (_) @type) @signature
(pointer_type (_) @type) @pointer
(parenthesized_type (_) @value) @same
(generic_type type: (_) @value) @same
(slice_type element: (_) @type) @slice_of
(array_type element: (_) @type) @slice_of
(implicit_length_array_type element: (_) @type) @slice_of
(channel_type value: (_) @type) @slice_of
(map_type value: (_) @type) @map_of
(function_type) @nothing
(type_arguments) @nothing
(type_parameter_list) @nothing
(qualified_type package: (_) @object) @member
(qualified_type name: (_) @name) @member

(composite_literal type: (_) @type) @composite
(composite_literal body: (_) @value) @composite
(literal_value (_) @element) @braces
(keyed_element key: (_) @key) @entry
(keyed_element value: (_) @value) @entry
(literal_element (_) @value) @same

(import_declaration (import_spec) @one) @import
(import_declaration (import_spec_list (import_spec) @one)) @import
(import_spec name: (_) @name) @alias
(import_spec path: (_) @source) @alias
(package_clause) @nothing
