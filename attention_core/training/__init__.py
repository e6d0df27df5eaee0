"""Training: data from a folder, checkpoints and cards out of it. `python -m attention_core.training TASK DATA_FOLDER`."""
