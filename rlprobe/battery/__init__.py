"""An agent on well-known problems, again and again: where has it become worse since the last change?"""
