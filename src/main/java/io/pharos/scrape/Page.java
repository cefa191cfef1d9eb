package io.pharos.scrape;

/// The answer of a target: the first `length` bytes of `body`, uncompressed.
///
/// @param contentType the header, or the empty string
record Page(byte[] body, int length, String contentType) {}
