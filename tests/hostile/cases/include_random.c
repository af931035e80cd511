#include </dev/urandom>
