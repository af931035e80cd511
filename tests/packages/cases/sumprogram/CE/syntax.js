// says: SyntaxError
let let = (;
