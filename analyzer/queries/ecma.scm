; How JavaScript and TypeScript spell what the analyzer reads.  The capture on the whole pattern names what the
; node is (lang.h, ALPS_KINDS); the captures inside name its parts (ALPS_PARTS).  A node that no pattern names is
; "other": its children are looked at, and nothing is known of its value.

(program (_) @body) @block
(statement_block (_) @body) @block
(expression_statement (_) @value) @same
(parenthesized_expression (_) @value) @same
(await_expression (_) @value) @same
(sequence_expression (_) @value) @same

(identifier) @name
(this) @this
(super) @super
(undefined) @null
(null) @null
(true) @true
(false) @false
(number) @number
(regex) @regex
(string) @string
(template_string) @template
(template_string (template_substitution (_) @hole)) @template
(template_substitution (_) @value) @same

(call_expression function: (_) @function) @call
(call_expression arguments: (arguments (_) @argument)) @call
(new_expression constructor: (_) @function) @new
(new_expression arguments: (arguments (_) @argument)) @new
(import) @name

(member_expression object: (_) @object) @member
(member_expression property: (_) @name) @member
(subscript_expression object: (_) @object) @index
(subscript_expression index: (_) @key) @index

(object) @object
(object (_) @element) @object
(pair key: (_) @key) @pair
(pair value: (_) @value) @pair
(computed_property_name (_) @value) @computed
(shorthand_property_identifier) @shorthand
(spread_element (_) @value) @spread
(array) @array
(array (_) @element) @array

(assignment_expression left: (_) @target) @assign
(assignment_expression right: (_) @value) @assign
(augmented_assignment_expression left: (_) @target) @augment
(augmented_assignment_expression operator: _ @operator) @augment
(augmented_assignment_expression right: (_) @value) @augment
(lexical_declaration (variable_declarator) @body) @block_open
(variable_declaration (variable_declarator) @body) @block_open
(variable_declarator name: (_) @target) @declare
(variable_declarator value: (_) @value) @declare

(binary_expression left: (_) @value) @binary
(binary_expression operator: _ @operator) @binary
(binary_expression right: (_) @value) @binary
(unary_expression operator: _ @operator) @unary
(unary_expression argument: (_) @value) @unary
(ternary_expression condition: (_) @condition) @if
(ternary_expression consequence: (_) @then) @if
(ternary_expression alternative: (_) @else) @if

(if_statement condition: (_) @condition) @if
(if_statement consequence: (_) @then) @if
(if_statement alternative: (_) @else) @if
(else_clause (_) @value) @same
(switch_case value: (_) @condition) @branch
(switch_case body: (_) @body) @branch
(switch_default body: (_) @body) @branch
(while_statement condition: (_) @condition) @branch
(while_statement body: (_) @body) @branch
(do_statement body: (_) @body) @branch
(do_statement condition: (_) @body) @branch
(for_statement initializer: (_) @condition) @branch
(for_statement condition: (_) @condition) @branch
(for_statement increment: (_) @body) @branch
(for_statement body: (_) @body) @branch
(for_in_statement left: (_) @target) @loop
(for_in_statement operator: _ @operator) @loop
(for_in_statement right: (_) @value) @loop
(for_in_statement body: (_) @body) @loop
(try_statement body: (_) @condition) @branch
(try_statement handler: (_) @body) @branch
(try_statement finalizer: (_) @body) @branch
(catch_clause parameter: (_) @target) @loop
(catch_clause body: (_) @body) @loop
(return_statement) @return
(return_statement (_) @value) @return
(yield_expression (_) @value) @yield

(function_declaration) @define
(function_declaration name: (_) @name) @define
(function_declaration parameters: (formal_parameters (_) @parameter)) @define
(function_declaration body: (_) @body) @define
(generator_function_declaration) @define
(generator_function_declaration name: (_) @name) @define
(generator_function_declaration parameters: (formal_parameters (_) @parameter)) @define
(generator_function_declaration body: (_) @body) @define
(function_expression) @function
(function_expression name: (_) @name) @function
(function_expression parameters: (formal_parameters (_) @parameter)) @function
(function_expression body: (_) @body) @function
(generator_function body: (_) @body) @function
(generator_function parameters: (formal_parameters (_) @parameter)) @function
(arrow_function) @function
(arrow_function parameter: (_) @parameter) @function
(arrow_function parameters: (formal_parameters (_) @parameter)) @function
(arrow_function body: (_) @body) @function
(method_definition) @method
(method_definition "static" @static) @method
(method_definition name: (_) @name) @method
(method_definition parameters: (formal_parameters (_) @parameter)) @method
(method_definition body: (_) @body) @method
(method_definition "get" @getter) @method

(class_declaration) @class
(class_declaration name: (_) @name) @class
(class_declaration (class_heritage (_) @base)) @class
(class_declaration body: (class_body (_) @member)) @class
(class) @class
(class name: (_) @name) @class
(class (class_heritage (_) @base)) @class
(class body: (class_body (_) @member)) @class
(class_static_block body: (_) @value) @same

(object_pattern) @object_pattern
(object_pattern (_) @element) @object_pattern
(array_pattern) @array_pattern
(array_pattern (_) @element) @array_pattern
(pair_pattern key: (_) @key) @pair
(pair_pattern value: (_) @value) @pair
(shorthand_property_identifier_pattern) @shorthand
(object_assignment_pattern left: (_) @target) @default
(object_assignment_pattern right: (_) @value) @default
(assignment_pattern left: (_) @target) @default
(assignment_pattern right: (_) @value) @default
(rest_pattern (_) @target) @rest

(import_statement source: (_) @source) @import
(import_statement (import_clause (identifier) @default_name)) @import
(import_statement (import_clause (namespace_import (identifier) @all))) @import
(import_statement (import_clause (named_imports (import_specifier) @one))) @import
(import_specifier name: (_) @key) @alias
(import_specifier alias: (_) @name) @alias
(export_statement declaration: (_) @statement) @export
(export_statement "default" @default_name) @export
(export_statement value: (_) @value) @export
(export_statement source: (_) @source) @export
(export_statement (export_clause (export_specifier) @one)) @export
(export_statement (namespace_export (_) @all)) @export
(export_statement "*" @star) @export
(export_specifier name: (_) @key) @alias
(export_specifier alias: (_) @name) @alias
(decorator (_) @value) @same
