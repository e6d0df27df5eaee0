"""The web app. `streamlit run app/main.py` starts it."""
