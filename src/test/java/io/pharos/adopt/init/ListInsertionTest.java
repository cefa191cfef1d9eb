package io.pharos.adopt.init;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListInsertionTest {
  private static final String ITEMS = "  # new\n  - name: b\n    size: 2\n";

  private static String into(String text) {
    return ListInsertion.into("f", text, "list", ITEMS).orElse("refused");
  }

  @Test
  void into_listInTheMiddle_comesBeforeTheCommentsOfTheNextKey() {
    assertThat(into("list:\n  - name: a # mine\n\n# of next\nnext: 1\n"))
        .isEqualTo(
            "list:\n  - name: a # mine\n  # new\n  - name: b\n    size: 2\n\n# of next\nnext: 1\n");
  }

  @Test
  void into_otherIndentation_isFollowed() {
    assertThat(into("list:\n- name: a\nnext: 1\n"))
        .isEqualTo("list:\n- name: a\n# new\n- name: b\n  size: 2\nnext: 1\n");
    assertThat(into("list:\n    - name: a\n"))
        .isEqualTo("list:\n    - name: a\n    # new\n    - name: b\n      size: 2\n");
  }

  @Test
  void into_noSuchKey_isAddedAtTheEnd() {
    assertThat(into("a: 1")).isEqualTo("a: 1\n\nlist:\n" + ITEMS);
  }

  private static String replacing(String text) {
    return ListInsertion.replacing("f", text, "list", "name", "b", ITEMS).orElse("refused");
  }

  @Test
  void replacing_itemInTheMiddle_leavesTheOthersAndAllComments() {
    assertThat(
            replacing(
                """
                # mine
                list:
                  - name: a # one
                  # what was said of b
                  - name: "b" # two
                    size: 1
                    of:
                      - x
                    # in b

                  # what is said of c
                  - name: c
                next: 1
                """))
        .isEqualTo(
            """
            # mine
            list:
              - name: a # one
              # what was said of b
              # new
              - name: b
                size: 2

              # what is said of c
              - name: c
            next: 1
            """);
  }

  @Test
  void replacing_withTheCommentOfBefore_saysItOnce() {
    assertThat(replacing("list:\n# new\n- size: 1\n  name: b\n"))
        .isEqualTo("list:\n# new\n- name: b\n  size: 2\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "list: [{name: b}]\n",
        "list:\n  - name: a\n",
        "list:\n  - of:\n      - x\n    name: b\n",
        "list:\n  - name: b\n    of: &x 1\n  - name: c\n    of: *x\n",
        "other:\n  - name: b\nlist:\n  - name: a\n",
        "list:\n  - name: a\nother:\n  - name: b\n"
      })
  void replacing_whatCantBeChangedSafely_isRefused(String text) {
    assertThat(replacing(text)).isEqualTo("refused");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "list: []\n",
        "list: [{name: a}]\n",
        "a: 1\n---\nlist:\n  - name: a\n",
        "list:\r\n  - name: a\r\n",
        "{list: [{name: a}]}\n",
        "text: |\n  a\nlist: &x\n  - name: a\n",
        "\tlist:\n"
      })
  void into_whatCantBeChangedSafely_isRefused(String text) {
    assertThat(into(text)).isEqualTo("refused");
  }
}
