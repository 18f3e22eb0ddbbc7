"""What ``snakemake --report`` shows beside the pictures: captions, readable pages, a front page."""
