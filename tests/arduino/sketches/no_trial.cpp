// A sketch that keeps the core's way: every image is confirmed before setup().
extern "C" bool verifyRollbackLater() { return false; }
