import { Button, Menu } from "@mantine/core";
import {
  IconChevronDown,
  IconFolderSearch,
  IconFolderUp,
  IconRoute,
  IconUpload,
} from "@tabler/icons-react";

import { adding } from "@/features/upload/adding";
import { words } from "@/strings";

const said = words.library.add;

export function AddMenu() {
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button size="xs" rightSection={<IconChevronDown size={14} aria-hidden />}>
          {said.menu}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconUpload size={15} />} onClick={() => adding.ask("files")}>
          {said.files}
        </Menu.Item>
        <Menu.Item leftSection={<IconFolderUp size={15} />} onClick={() => adding.ask("folder")}>
          {said.folder}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<IconRoute size={15} />} onClick={() => adding.ask("path")}>
          {said.path}
        </Menu.Item>
        <Menu.Item leftSection={<IconFolderSearch size={15} />} onClick={() => adding.ask("scan")}>
          {said.scan}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
