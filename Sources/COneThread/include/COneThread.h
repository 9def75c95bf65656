#pragma once
// Nothing to call: a program that holds this module starts with a matrix library of one thread.
