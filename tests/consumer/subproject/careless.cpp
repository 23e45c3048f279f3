// Warns with -Wall, and compiles: -Werror is Updraft's own affair.
void careless() { int unused = 1; }
