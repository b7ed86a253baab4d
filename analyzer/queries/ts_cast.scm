; What TypeScript has outside of .tsx files.
(type_assertion . (type_arguments) . (_) @value) @same
