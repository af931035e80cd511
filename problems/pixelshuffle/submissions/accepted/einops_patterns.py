from einops import rearrange


def merge_tokens(x, height, width, ratio):
    return rearrange(
        x, "b (h i w j) c -> b (h w) (i j c)", h=height // ratio, i=ratio, w=width // ratio, j=ratio
    )


def split_tokens(y, height, width, ratio):
    return rearrange(
        y, "b (h w) (i j c) -> b (h i w j) c", h=height // ratio, i=ratio, w=width // ratio, j=ratio
    )
