"""Facts of the assessment as data: frameworks, measures, rules and wording, each with its loader."""
