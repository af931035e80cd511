"""Content-addressed bytes, stored in the database so that it holds all test data."""

import hashlib
from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from judge.db.models import Blob
from judge.db.session import Database
from judge.db.upsert import insert_new
from judge.errors import NotFoundError, ShousiError
from judge.job import BlobRef
from judge.limits import MIB

_BATCH_BYTES = 8 * MIB
# Built once: building a statement takes longer than running it, and a package has many files.
_SIZE = select(Blob.size_bytes).where(Blob.sha256 == bindparam("wanted"))


class CorruptBlobError(ShousiError):
    """Stored bytes don't have the hash that they are stored under."""


def ref_of(data: bytes) -> BlobRef:
    """The address of `data`, whether it is stored or not."""
    return BlobRef(hashlib.sha256(data).hexdigest(), len(data))


def put(db: Database, session: Session, data: bytes) -> BlobRef:
    """Store `data` in the caller's transaction, unless it is there already."""
    ref = ref_of(data)
    # Only the size is asked for: the data may be large.
    if session.scalar(_SIZE, {"wanted": ref.sha256}) is not None:
        return ref
    values = {
        "sha256": ref.sha256,
        "size_bytes": ref.size_bytes,
        "data": data,
        "created_at": db.now(session),
    }
    # Another writer may have stored the same bytes meanwhile, which does no harm.
    insert_new(session, Blob, values)
    return ref


def put_many(db: Database, session: Session, contents: Iterable[bytes]) -> None:
    """`put` several contents, in the order of their hashes: else two transactions that store the
    same ones could wait for each other."""
    for _, content in sorted({ref_of(content).sha256: content for content in contents}.items()):
        put(db, session, content)


def put_all(db: Database, contents: Iterable[bytes]) -> None:
    """Store several contents, in transactions so short that no other writer waits long."""
    batch: list[bytes] = []
    for content in contents:
        batch.append(content)
        if sum(map(len, batch)) > _BATCH_BYTES:
            _put_batch(db, batch)
            batch = []
    _put_batch(db, batch)


def _put_batch(db: Database, batch: list[bytes]) -> None:
    with db.write() as session:
        put_many(db, session, batch)


def get(session: Session, sha256: str) -> bytes:
    """The bytes with this hash. Raises NotFoundError, and CorruptBlobError if they changed."""
    data = session.scalar(select(Blob.data).where(Blob.sha256 == sha256))
    if data is None:
        raise NotFoundError(f"No blob {sha256} in the database")
    return _verified(sha256, data)


def get_many(session: Session, hashes: Iterable[str]) -> dict[str, bytes]:
    """Several blobs by hash, in one query. Raises as `get` does."""
    wanted = set(hashes)
    rows = session.execute(select(Blob.sha256, Blob.data).where(Blob.sha256.in_(wanted)))
    found = {sha256: _verified(sha256, data) for sha256, data in rows}
    for sha256 in wanted - found.keys():
        raise NotFoundError(f"No blob {sha256} in the database")
    return found


def fetch(db: Database, sha256: str) -> bytes:
    """`get` in a transaction of its own. Raises UnavailableError too."""
    with db.read() as session:
        return get(session, sha256)


def _verified(sha256: str, data: bytes) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CorruptBlobError(f"Blob {sha256} is damaged: its bytes have another hash")
    return data
