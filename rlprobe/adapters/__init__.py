"""Agents of other libraries; each module needs its library and is imported only on use."""
