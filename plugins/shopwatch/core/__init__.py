"""Settings, errors, files, texts and dates: what every other package builds on."""
