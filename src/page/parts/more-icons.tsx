/** The icons that the first load of a board does not need. */
import {draw} from './icons.tsx'

export const GripIcon = draw(
  <g className="solid">
    <circle cx="5.8" cy="3.8" r="1.1" />
    <circle cx="10.2" cy="3.8" r="1.1" />
    <circle cx="5.8" cy="8" r="1.1" />
    <circle cx="10.2" cy="8" r="1.1" />
    <circle cx="5.8" cy="12.2" r="1.1" />
    <circle cx="10.2" cy="12.2" r="1.1" />
  </g>,
)
export const LabelIcon = draw(
  <>
    <path d="M8.4 2.5h5v5l-5.9 6L2.5 8.4z" />
    <circle cx="10.8" cy="5.2" r=".6" className="solid" />
  </>,
)
export const CopyIcon = draw(<path d="M6 6h7v7.5H6zM3.5 10V2.5H10" />)
export const TickIcon = draw(<path d="m3.5 8.5 3 3 6-7" />)
export const UploadIcon = draw(<path d="M8 10.5V2.8M4.8 5.8 8 2.6l3.2 3.2M2.8 10v3.2h10.4V10" />)
export const DownloadIcon = draw(<path d="M8 2.5v7.7M4.8 7.2 8 10.4l3.2-3.2M2.8 10v3.2h10.4V10" />)
export const ChevronIcon = draw(<path d="m6 3.5 4.5 4.5L6 12.5" />)
export const AgentIcon = draw(<path d="M8.8 2 4 9h3.6L7.2 14 12 7H8.4z" />)
export const MergeIcon = draw(
  <>
    <circle cx="4.5" cy="4" r="1.6" />
    <circle cx="4.5" cy="12" r="1.6" />
    <circle cx="11.5" cy="8.5" r="1.6" />
    <path d="M4.5 5.6v4.8m0-4.8c.3 2 2 2.9 5.4 2.9" />
  </>,
)
