import { Kbd, Modal } from "@mantine/core";

import { words } from "@/strings";

import styles from "./KeysDialog.module.css";

const said = words.library.keys;

/** All keys of the library. */
export default function KeysDialog({ close }: { close: () => void }) {
  return (
    <Modal
      opened
      onClose={close}
      title={said.title}
      closeButtonProps={{ "aria-label": words.common.close }}
    >
      <dl className={styles.keys}>
        {said.all.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.map((name) => (
                <Kbd key={name} size="xs">
                  {name}
                </Kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
