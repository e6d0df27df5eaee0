"""Encoders: from an input to keys, values, labels and positions. Pretrained, never trained here."""
