"""Foundation of every other package: settings, errors, durable files, texts, dates and strict YAML."""
