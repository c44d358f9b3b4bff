"""Reference agents, one readable file each; ``rlprobe.agents.<name>:make_agent`` builds one."""
