"""Coverage: are the objects a detector must find inside what its heads see?

`objects` reads them, `views` places them in the network's input, `heads` finds the heads, `assignment` says which of
them answer for an object, `requirements` what they need; `book` gives each object to a head, `check` counts and judges.
"""
