"""Training inside a workflow: LoRAs on top of a model that stays as it is."""
