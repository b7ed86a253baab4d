; What only TypeScript's grammars have.  Types are not looked into.
(public_field_definition name: (_) @key) @field
(public_field_definition value: (_) @value) @field
(public_field_definition "static" @static) @field
(as_expression . (_) @value) @same
(satisfies_expression . (_) @value) @same
(non_null_expression (_) @value) @same
(instantiation_expression function: (_) @value) @same
(required_parameter (accessibility_modifier) @static) @typed
(required_parameter "readonly" @static) @typed
(required_parameter pattern: (_) @target) @typed
(required_parameter value: (_) @value) @typed
(required_parameter type: (type_annotation (_) @type)) @typed
(optional_parameter (accessibility_modifier) @static) @typed
(optional_parameter pattern: (_) @target) @typed
(optional_parameter value: (_) @value) @typed
(optional_parameter type: (type_annotation (_) @type)) @typed
(type_identifier) @name
(nested_type_identifier module: (_) @object) @member
(nested_type_identifier name: (_) @name) @member
(nested_identifier object: (_) @object) @member
(nested_identifier property: (_) @name) @member
(union_type (_) @value) @binary
(extends_clause value: (_) @value) @same
(implements_clause) @nothing
(abstract_class_declaration) @class
(abstract_class_declaration name: (_) @name) @class
(abstract_class_declaration (class_heritage (_) @base)) @class
(abstract_class_declaration body: (class_body (_) @member)) @class
(import_statement (import_require_clause (identifier) @all)) @import
(import_statement (import_require_clause source: (_) @source)) @import
(enum_declaration name: (_) @name) @enum
(enum_declaration body: (enum_body (_) @element)) @enum
(enum_assignment name: (_) @key) @pair
(enum_assignment value: (_) @value) @pair
(interface_declaration) @nothing
(type_alias_declaration) @nothing
(ambient_declaration) @nothing
(function_signature) @nothing
(abstract_method_signature) @nothing
(method_signature) @nothing
(index_signature) @nothing
(type_annotation) @nothing
(type_arguments) @nothing
(type_parameters) @nothing
