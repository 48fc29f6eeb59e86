import pytest
import torch

from nodes.imaging.colour_match import METHODS, match_colours
from nodes.imaging.shapes import ImagingError


def moments(image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    pixels = image[..., :3].reshape(-1, 3)
    return pixels.mean(0), pixels.T.cov()


@pytest.mark.parametrize("method", METHODS)
def test_what_each_method_promises(method: str) -> None:
    torch.manual_seed(0)
    image = torch.rand(1, 24, 30, 3) * 0.4
    reference = 0.3 + 0.3 * torch.rand(1, 20, 20, 1) + 0.1 * torch.rand(1, 20, 20, 3)
    result = match_colours(image, reference, method, 1.0)
    (mean, covariance), (wanted_mean, wanted_covariance) = moments(result), moments(reference)
    torch.testing.assert_close(mean, wanted_mean, atol=2e-3, rtol=0)
    torch.testing.assert_close(covariance.diagonal(), wanted_covariance.diagonal(), atol=1e-3, rtol=0)
    if method == "covariance":
        torch.testing.assert_close(covariance, wanted_covariance, atol=1e-3, rtol=0)


@pytest.mark.parametrize("method", METHODS)
def test_flat_pictures_batches_and_alpha(method: str) -> None:
    image = torch.full((3, 4, 5, 4), 0.5)
    result = match_colours(image, torch.full((2, 3, 3, 3), 0.25), method, 0.5)
    torch.testing.assert_close(result[..., :3], torch.full((3, 4, 5, 3), 0.375))
    assert torch.equal(result[..., 3], image[..., 3])
    assert torch.equal(match_colours(image, torch.rand(1, 3, 3, 3), method, 0.0), image)


def test_refusals() -> None:
    with pytest.raises(ImagingError, match="colour pictures"):
        match_colours(torch.rand(1, 4, 4, 1), torch.rand(1, 4, 4, 3), "histogram", 1.0)
    with pytest.raises(ImagingError, match="covariance"):
        match_colours(torch.rand(1, 4, 4, 3), torch.rand(1, 4, 4, 3), "magic", 1.0)
