"""The networks of a run: which are the policy and the critic, and what they say."""
