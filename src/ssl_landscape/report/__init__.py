"""What ``snakemake --report`` shows beside the pictures: captions, HTML pages, a front page."""
