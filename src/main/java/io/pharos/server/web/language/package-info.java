/// The pages in the reader's language: the choice of the language, and the translation of finished
/// pages by the dictionary `pages/zh.tsv`.
@NullMarked
package io.pharos.server.web.language;

import org.jspecify.annotations.NullMarked;
