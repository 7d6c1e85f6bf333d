"""Region data package: official, derived and assumed tables, and their loader."""

from abm.region.package import check_package, load_region
from abm.region.region import SIZE_CLASSES, Region

__all__ = ["SIZE_CLASSES", "Region", "check_package", "load_region"]
