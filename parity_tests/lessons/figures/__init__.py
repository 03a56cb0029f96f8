"""One file a figure: `draw() -> Figure`, from a real run of scratch_nn. The file's name is the picture's."""
