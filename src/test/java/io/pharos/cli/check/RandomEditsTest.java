package io.pharos.cli.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One wrong edit in one random place of the shipped files. Nearly all must be told at their line.
@Tag("slow")
class RandomEditsTest {
  private static final int EDITS = Integer.getInteger("pharos.edits", 150);
  private static final int FIRST = Integer.getInteger("pharos.seed", 1);

  @TempDir Path folder;

  @Test
  void randomEdits_areToldAtTheirLine() throws IOException {
    CheckedTree tree = CheckedTree.copyOfShipped(folder);
    assertThat(tree.check()).isEmpty();
    var result = RandomEdits.of(tree, FIRST, EDITS);
    assertThat(result.impossible()).isEmpty();
    assertThat(result.missed()).hasSizeLessThanOrEqualTo(result.made() * 3 / 100);
  }
}
