"""Programs that imitate the commands of PBS and LSF, neither of which can be installed for tests."""
