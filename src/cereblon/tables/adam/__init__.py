"""ADaM: the analysis datasets of a trial as regulators expect them, written, and read back."""

from cereblon.tables.adam.dataset import AdamDataset as AdamDataset
from cereblon.tables.adam.dataset import AdamVariable as AdamVariable
from cereblon.tables.adam.dataset_json import dataset_json as dataset_json
from cereblon.tables.adam.dataset_json import read_dataset_json as read_dataset_json
from cereblon.tables.adam.datasets import adam_datasets as adam_datasets
from cereblon.tables.adam.transport import read_transport as read_transport
from cereblon.tables.adam.transport import transport_bytes as transport_bytes
