"""The slow part of a task past this process: what is sent, who asks, who answers. Only `deployment` and `__main__` need ray."""
