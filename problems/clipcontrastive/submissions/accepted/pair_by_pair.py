import torch


def clip_loss(image, text, logit_scale):
    n, total = image.shape[0], 0
    scale = logit_scale.exp()
    image = [row / row.norm() for row in image]
    text = [row / row.norm() for row in text]
    for i in range(n):
        against_texts = torch.stack([scale * (image[i] @ text[j]) for j in range(n)])
        against_images = torch.stack([scale * (image[j] @ text[i]) for j in range(n)])
        total = total - torch.log_softmax(against_texts, 0)[i]
        total = total - torch.log_softmax(against_images, 0)[i]
    return total / (2 * n)
