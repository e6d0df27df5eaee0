"""The least page that redraws a heatmap on a click, for `redraw` to measure the Playground against. It is given its size."""

import gc
import sys

import numpy as np
import plotly.graph_objects as go
import streamlit as st

if "frozen" not in st.session_state:  # the same care for Streamlit's garbage collection as the app takes
    gc.freeze()
    st.session_state.frozen = True
rows, columns, height = map(int, sys.argv[1:4])
st.set_page_config(layout="wide")
chosen = st.segmented_control("Numbers", [f"seed {seed}" for seed in range(7)], default="seed 0", required=True)
z = np.random.default_rng(int(chosen.split()[1])).random((rows, columns), dtype=np.float32)
st.plotly_chart(go.Figure(go.Heatmap(z=z), layout={"height": height}), key="heatmap", theme=None)
