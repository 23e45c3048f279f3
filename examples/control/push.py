"""Updates a co-processor: push.py IMAGE-OR-URL control:DEVICE"""
import sys
import updraft

try:
    pushed = updraft.push(sys.argv[1], sys.argv[2],
                          progress=lambda sent, total: print(f"\r{sent} of {total or '?'}", end=""))
    print(f"\nit runs {pushed.runs}")
except updraft.Error as error:
    sys.exit(str(error))
