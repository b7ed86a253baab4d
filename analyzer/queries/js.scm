; What only JavaScript's grammar has (JSX is read as expressions).
(field_definition property: (_) @key) @field
(field_definition value: (_) @value) @field
(field_definition "static" @static) @field
