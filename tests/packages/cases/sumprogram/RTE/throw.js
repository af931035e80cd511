// says: The program ended with exit code 1.
throw new Error("no idea");
