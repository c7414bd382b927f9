"""Trainability: one launch of trainings, the planner that chooses them, the sweep that they make."""
