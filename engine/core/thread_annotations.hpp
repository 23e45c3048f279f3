// Says which lock guards what, for clang's -Wthread-safety to check; nothing for other compilers.
//
//   class UPDRAFT_CAPABILITY("mutex") Lock {
//     void take() UPDRAFT_ACQUIRE();
//     void give() UPDRAFT_RELEASE();
//   };
//   Lock lock_;
//   int count_ UPDRAFT_GUARDED_BY(lock_);
//   void add() UPDRAFT_REQUIRES(lock_);     // the caller holds it
//   Lock& lock() UPDRAFT_RETURNS_LOCK(lock_);
//
// Constructors and destructors are not checked: nobody else has the object then. UPDRAFT_UNCHECKED:
// nor is this function, because what it does to a lock cannot be said.
#pragma once

#if defined(__clang__)
#define UPDRAFT_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define UPDRAFT_THREAD_ATTRIBUTE(x)
#endif

#define UPDRAFT_CAPABILITY(name) UPDRAFT_THREAD_ATTRIBUTE(capability(name))
#define UPDRAFT_SCOPED_CAPABILITY UPDRAFT_THREAD_ATTRIBUTE(scoped_lockable)
#define UPDRAFT_GUARDED_BY(lock) UPDRAFT_THREAD_ATTRIBUTE(guarded_by(lock))
#define UPDRAFT_REQUIRES(...) UPDRAFT_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define UPDRAFT_ACQUIRE(...) UPDRAFT_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define UPDRAFT_RELEASE(...) UPDRAFT_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define UPDRAFT_UNCHECKED UPDRAFT_THREAD_ATTRIBUTE(no_thread_safety_analysis)
#define UPDRAFT_RETURNS_LOCK(lock) UPDRAFT_THREAD_ATTRIBUTE(lock_returned(lock))
