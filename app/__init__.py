"""The web app. `streamlit run app/server.py` starts it."""
