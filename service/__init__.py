"""The HTTP service: thin routes over the job store. It never loads the engine, so it starts in a second."""
