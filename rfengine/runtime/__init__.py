"""Graph to torch: the interpreter, the policies that rewrite a graph before it runs, and the check against a peer.

Modules here may import torch; they are themselves imported only by what has asked for it.
"""
