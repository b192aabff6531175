"""Operation of the installation: health, housekeeping and replay."""
