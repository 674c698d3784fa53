"""Small programs that stand in for the commands of PBS and LSF, where neither can be installed."""
