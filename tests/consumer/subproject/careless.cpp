// Warns with -Wall, and must compile: Updraft's -Werror must not reach the project.
void careless() { int unused = 1; }
