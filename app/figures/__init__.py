"""Figures: arrays and labels in, Plotly figures or colours out. Nothing here knows Streamlit, PyTorch or the core."""
