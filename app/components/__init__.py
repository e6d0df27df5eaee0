"""Groups of controls and figures that views share, and the few elements that Streamlit has no equal for."""
