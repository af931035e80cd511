exports.add = require("./halves/both").both;
