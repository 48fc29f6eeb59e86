"""A disk that takes no more, at every place where server and worker write: a sentence for who asked, nothing half
written, and a server that goes on. Each place has a test in this folder.
"""

from __future__ import annotations

from pathlib import Path

from tests.server.faults.places import places

# Every place that writes -> the test that has it fail.
COVERED = {
    "app.py:make_queue": "test_a_server_whose_state_cannot_be_written_says_so",
    "atomic.py:write_atomically": "test_what_a_user_keeps_is_the_old_or_the_new",
    "backup.py:back_up": "test_a_copy_of_the_store_is_whole_or_not_there",
    "backup.py:restore": "test_a_store_is_restored_or_as_it_was",
    "handlers/upload.py:_apply": "test_an_upload_is_there_or_leaves_nothing",
    "handlers/upload.py:_write": "test_an_upload_is_there_or_leaves_nothing",
    "handlers/userdata.py:move": "test_a_folder_that_cannot_be_made_is_told_of",
    "jobs/database.py:__init__": "test_a_server_whose_state_cannot_be_written_says_so",
    "jobs/database.py:sync": "test_a_disk_that_fails_is_tried_again_and_then_told",  # tests/server/jobs/test_syncer.py
    "jobs/writer.py:_commit": "test_a_job_that_cannot_be_stored_is_refused",
    "logs.py:configure": "test_a_server_whose_log_is_full_goes_on",
    "run.py:_announce": "test_a_server_whose_log_is_full_goes_on",
    "sharing/mirror.py:list_inputs": "test_inputs_that_cannot_be_listed_stop_the_job_that_needs_them",
    "sharing/mirror.py:place": "test_an_upload_that_cannot_take_its_place_is_refused",
    "sharing/store.py:_claim": "test_a_shared_store_without_room_keeps_what_it_has",
    "sharing/store.py:_copied": "test_a_shared_store_without_room_keeps_what_it_has",
    "sharing/store.py:fetch": "test_a_copy_that_cannot_be_made_leaves_the_old_one",
    "storage.py:_claim": "test_a_name_that_was_claimed_is_let_go",
    "storage.py:_fill": "test_a_name_that_was_claimed_is_let_go",
    "storage.py:begin_upload": "test_a_folder_that_cannot_be_made_is_told_of",
    "storage.py:_settle": "test_a_name_that_was_claimed_is_let_go",
    "storage.py:upload_folder": "test_a_folder_that_cannot_be_made_is_told_of",
    "workers/catalogues.py:write": "test_a_catalogue_that_cannot_be_kept_is_answered_all_the_same",
    "workers/files.py:_seal": "test_a_file_that_the_disk_does_not_keep_is_no_output",
    "workers/files.py:_sync_folder": "test_a_file_that_the_disk_does_not_keep_is_no_output",
}
NO_WRITES = {
    "backup.py:_check": "opens what it reads by sqlite3.connect",
    "jobs/crashpoints.py:_first": "writes in tests only",
}


def test_every_place_that_writes_has_a_test() -> None:
    assert places() == set(COVERED) | set(NO_WRITES)
    here = Path(__file__).parent
    texts = [
        file.read_text(encoding="utf-8") for file in [*here.glob("test_*.py"), here.parent / "jobs/test_syncer.py"]
    ]
    assert [name for name in COVERED.values() if not any(f"def {name}" in text for text in texts)] == []
