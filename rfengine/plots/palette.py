"""Colours of all pictures, drawn by matplotlib or not: Okabe and Ito's (2008), told apart with any colour vision."""

INK = "#222222"
QUIET = "#6b6b6b"
FAINT = "#d9d9d9"
PAPER = "#ffffff"

BLUE = "#0072b2"
ORANGE = "#e69f00"
GREEN = "#009e73"
VERMILION = "#d55e00"
PURPLE = "#cc79a7"
SKY = "#56b4e9"

# The theoretical field has one colour in every picture.
TRF = SKY
