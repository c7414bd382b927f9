"""Any network trained on a supervised task by cross-entropy, and its effective field while it learns; needs torch.

pupil.py       a network as it is trained: what its scores are made from, what learns, the head it gets
scorer.py      it as a torch function of parameters and pictures
learning.py    epochs of steps, the accuracy after each
accuracy.py    accuracies from counts of answers, and epochs to a fixed one
statistics.py  batch normalisation with the statistics of a batch, kept
field.py       the field with the values of some moment
"""
