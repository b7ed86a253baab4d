; How Python spells what the analyzer reads; the words are those of ecma.scm.

(module (_) @body) @block
(block (_) @body) @block
(expression_statement (_) @value) @same
(parenthesized_expression (_) @value) @same
(await (_) @value) @same

(identifier) @name
(none) @null
(true) @true
(false) @false
(integer) @number
(float) @number
(string) @string
(string (string_start) @open) @string
(string (string_end) @close) @string
(string (interpolation) @hole) @string
(interpolation expression: (_) @value) @same
(concatenated_string (string) @element) @concat

(call function: (_) @function) @call
(call arguments: (argument_list (_) @argument)) @call
(call arguments: (generator_expression) @argument) @call
(keyword_argument name: (_) @key) @pair
(keyword_argument value: (_) @value) @pair
(dictionary_splat (_) @value) @spread_pairs
(list_splat (_) @value) @spread

(attribute object: (_) @object) @member
(attribute attribute: (_) @name) @member
(subscript value: (_) @object) @index
(subscript subscript: (_) @key) @index

(dictionary) @object
(dictionary (_) @element) @object
(pair key: (_) @key) @entry
(pair value: (_) @value) @entry
(list) @array
(list (_) @element) @array
(tuple) @array
(tuple (_) @element) @array
(set (_) @element) @array
(expression_list (_) @element) @array

(assignment left: (_) @target) @assign
(assignment right: (_) @value) @assign
(assignment type: (type (_) @type)) @assign
(named_expression name: (_) @target) @assign
(named_expression value: (_) @value) @assign
(augmented_assignment left: (_) @target) @augment
(augmented_assignment operator: _ @operator) @augment
(augmented_assignment right: (_) @value) @augment
(pattern_list (_) @element) @array_pattern
(tuple_pattern (_) @element) @array_pattern
(list_pattern (_) @element) @array_pattern
(list_splat_pattern (_) @target) @rest
(dictionary_splat_pattern (_) @target) @rest_pairs

(binary_operator left: (_) @value) @binary
(binary_operator operator: _ @operator) @binary
(binary_operator right: (_) @value) @binary
(boolean_operator left: (_) @value) @binary
(boolean_operator operator: _ @operator) @binary
(boolean_operator right: (_) @value) @binary
(comparison_operator (_) @value) @binary
(comparison_operator operators: _ @operator) @binary
(not_operator "not" @operator) @unary
(not_operator argument: (_) @value) @unary
(unary_operator operator: _ @operator) @unary
(unary_operator argument: (_) @value) @unary
(conditional_expression . (_) @then . (_) @condition . (_) @else) @if

(if_statement condition: (_) @condition) @if
(if_statement consequence: (_) @then) @if
(if_statement alternative: (_) @else) @if
(elif_clause condition: (_) @condition) @if
(elif_clause consequence: (_) @then) @if
(else_clause body: (_) @value) @same
(while_statement condition: (_) @condition) @branch
(while_statement body: (_) @body) @branch
(while_statement alternative: (_) @body) @branch
(for_statement left: (_) @target) @loop
(for_statement right: (_) @value) @loop
(for_statement body: (_) @body) @loop
(for_statement alternative: (_) @body) @loop
(try_statement body: (_) @condition) @branch
(try_statement (except_clause) @body) @branch
(try_statement (else_clause) @condition) @branch
(try_statement (finally_clause) @body) @branch
(case_clause consequence: (_) @body) @branch
(with_item value: (_) @value) @same
(as_pattern . (_) @value) @bind
(as_pattern alias: (as_pattern_target (_) @target)) @bind
(return_statement) @return
(return_statement (_) @value) @return
(yield (_) @value) @yield

(function_definition) @define
(function_definition name: (_) @name) @define
(function_definition parameters: (parameters (_) @parameter)) @define
(function_definition body: (_) @body) @define
(lambda) @function
(lambda parameters: (lambda_parameters (_) @parameter)) @function
(lambda body: (_) @body) @function
(decorated_definition (decorator (_) @decorator)) @decorated
(decorated_definition definition: (_) @value) @decorated
(class_definition) @class
(class_definition name: (_) @name) @class
(class_definition superclasses: (argument_list (_) @base)) @class
(class_definition body: (block (_) @member)) @class

(default_parameter name: (_) @target) @default
(default_parameter value: (_) @value) @default
(typed_parameter . (_) @target) @typed
(typed_parameter type: (type (_) @type)) @typed
(typed_default_parameter name: (_) @target) @default
(typed_default_parameter value: (_) @value) @default
(typed_default_parameter type: (type (_) @type)) @default
(type) @nothing
(keyword_separator) @nothing
(positional_separator) @nothing

(list_comprehension (for_in_clause) @condition) @comprehension
(list_comprehension body: (_) @value) @comprehension
(set_comprehension (for_in_clause) @condition) @comprehension
(set_comprehension body: (_) @value) @comprehension
(generator_expression (for_in_clause) @condition) @comprehension
(generator_expression body: (_) @value) @comprehension
(dictionary_comprehension (for_in_clause) @condition) @comprehension
(dictionary_comprehension body: (_) @value) @comprehension
(for_in_clause left: (_) @target) @loop
(for_in_clause right: (_) @value) @loop

(global_statement (identifier) @name) @outer
(nonlocal_statement (identifier) @name) @outer

(import_statement name: (_) @one) @import
(import_from_statement module_name: (_) @source) @import_from
(import_from_statement name: (_) @one) @import_from
(import_from_statement (wildcard_import) @star) @import_from
(aliased_import name: (_) @key) @alias
(aliased_import alias: (_) @name) @alias
(dotted_name) @dotted
(relative_import) @dotted
